// Asking the server. Every wait has an end, every refusal a line of words.

const WAIT_MS = 15000;
let token = "";
let leaving = false;

// `status` is 0 where no answer came at all.
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

export function setToken(csrf) {
  token = csrf || "";
}

// Whoever logs out goes to the plain log-in page: neither an answer that comes late nor the live line,
// which says that the session has ended, shall send them back to what they were looking at, and the
// next one who logs in with them.
export function setLeaving(is) {
  leaving = is;
}

export const isLeaving = () => leaving;

export const get = (path) => ask("GET", path);
export const post = (path, body, options = {}) => unsafe("POST", path, body, options);
export const put = (path, body, options = {}) => unsafe("PUT", path, body, options);

// A token that the server has meanwhile forgotten (it was restarted, say) is fetched anew, once.
async function unsafe(method, path, body, options) {
  try {
    return await ask(method, path, body, options);
  } catch (error) {
    if (error.code !== "csrf") throw error;
    setToken((await get("/api/me")).csrf);
    return ask(method, path, body, options);
  }
}

async function ask(method, path, body, { keepalive = false, stay = false, waitMs = WAIT_MS } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-Token"] = token;
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), waitMs);
  try {
    const answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      keepalive,
      signal: end.signal,
    });
    return await read(answer, stay);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(0, "");
  } finally {
    clearTimeout(timer);
  }
}

async function read(answer, stay) {
  if (answer.status === 401 && !stay && !leaving) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const text = await answer.text();
  let said = null;
  try {
    said = text ? JSON.parse(text) : null;
  } catch {
    // A proxy's own page: its status says enough.
  }
  if (!answer.ok) {
    const refused = new Refused(answer.status, (said && said.error) || "");
    Object.assign(refused, { code: (said && said.code) || "", lines: (said && said.lines) || [] });
    refused.waitS = Number(answer.headers.get("Retry-After")) || 0;
    throw refused;
  }
  return said;
}

export const snapshotPath = (site, camera) =>
  `/api/cameras/${encodeURIComponent(site)}/${encodeURIComponent(camera)}/snapshot`;
