/* A CUDA runtime without a GPU, for edge/backends/cuda.py: it answers as CUDA does where every
   argument came through whole, and with "invalid" where one was cut or mixed up. Handles use all
   64 bits, as real ones do. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define STREAM ((void *)0x7ffedcba98765430)
#define GRAPH ((void *)0x7ffeabcdef012340)
#define EXECUTABLE ((void *)0x7ffe0f1e2d3c4b50)
enum { OK, INVALID_VALUE, OUT_OF_MEMORY, BAD_HANDLE = 400, CAPTURING = 900 };

static int capturing, last;
int held, launched; /* for the test to look at */

static int gives(int code) { return code ? (last = code) : OK; }
int cudaGetLastError(void) { int code = last; last = OK; return code; }

int cudaGetDeviceCount(int *count) { *count = 1; return OK; }
int cudaGetDeviceProperties(char *properties, int device) {
  memset(properties, 0xAA, 1032);
  strcpy(properties, "Orin of RAM");
  return device ? INVALID_VALUE : OK;
}
int cudaDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? 8 : attribute == 76 ? 7 : -1;
  return device || *value < 0 ? INVALID_VALUE : OK;
}
int cudaDriverGetVersion(int *version) { *version = 13020; return OK; }
int cudaRuntimeGetVersion(int *version) { *version = 12060; return OK; }
int cudaMemGetInfo(size_t *left, size_t *whole) {
  *left = (size_t)5 << 30;
  *whole = (size_t)8 << 30;
  return OK;
}

static int allocate(void **to, size_t size) {
  if (size > (size_t)8 << 30) return gives(OUT_OF_MEMORY);
  *to = malloc(size);
  held++;
  return OK;
}
static int release(void *address) { free(address); held--; return OK; }
int cudaMalloc(void **to, size_t size) { return allocate(to, size); }
int cudaFree(void *address) { return release(address); }
int cudaHostAlloc(void **to, size_t size, unsigned flags) {
  return flags ? gives(INVALID_VALUE) : allocate(to, size);
}
int cudaFreeHost(void *address) { return release(address); }

int cudaMemcpyAsync(void *to, const void *from, size_t size, int kind, void *stream) {
  if (stream != STREAM) return gives(BAD_HANDLE);
  if (kind != 1 && kind != 2) return gives(INVALID_VALUE);
  memcpy(to, from, size);
  return OK;
}
int cudaStreamCreateWithFlags(void **stream, unsigned flags) {
  *stream = STREAM;
  held++;
  return gives(flags == 1 ? OK : INVALID_VALUE);
}
int cudaStreamSynchronize(void *stream) {
  return gives(stream != STREAM ? BAD_HANDLE : capturing ? CAPTURING : OK);
}
int cudaStreamDestroy(void *stream) { held--; return gives(stream == STREAM ? OK : BAD_HANDLE); }
int cudaStreamBeginCapture(void *stream, int mode) {
  capturing = 1;
  return gives(stream != STREAM ? BAD_HANDLE : mode != 1 ? INVALID_VALUE : OK);
}
int cudaStreamEndCapture(void *stream, void **graph) {
  capturing = 0;
  held++;
  *graph = GRAPH;
  return gives(stream == STREAM ? OK : BAD_HANDLE);
}
int cudaGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags) {
  held++;
  *executable = EXECUTABLE;
  return gives(graph == GRAPH && !flags ? OK : INVALID_VALUE);
}
int cudaGraphLaunch(void *executable, void *stream) {
  launched++;
  return gives(executable == EXECUTABLE && stream == STREAM ? OK : BAD_HANDLE);
}
int cudaGraphDestroy(void *graph) { held--; return gives(graph == GRAPH ? OK : BAD_HANDLE); }
int cudaGraphExecDestroy(void *executable) {
  held--;
  return gives(executable == EXECUTABLE ? OK : BAD_HANDLE);
}

const char *cudaGetErrorString(int code) {
  return code == OUT_OF_MEMORY ? "out of memory" : code == CAPTURING
    ? "operation not permitted when stream is capturing" : "invalid something";
}
const char *cudaGetErrorName(int code) {
  return code == OUT_OF_MEMORY ? "cudaErrorMemoryAllocation" : code == CAPTURING
    ? "cudaErrorStreamCaptureUnsupported" : "cudaErrorInvalidSomething";
}
