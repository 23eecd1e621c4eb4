// The screen on the wall (`/?wall`): large, without controls, and it does not go to sleep.

export const WALL_CARDS_MAX = 4;

export const isWall = () => "wall" in document.documentElement.dataset;

export function bindWall() {
  if (!isWall()) return;
  stayAwake();
  // The lock is let go whenever the page is hidden.
  document.addEventListener("visibilitychange", stayAwake);
}

async function stayAwake() {
  if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
    document.documentElement.dataset.awake = "";
  } catch {
    // Low battery, or not allowed: then the system's own settings decide.
    delete document.documentElement.dataset.awake;
  }
}
