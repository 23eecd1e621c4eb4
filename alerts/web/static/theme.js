// Runs before anything is drawn, so that a dark room sees no white flash.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("floorwatch.theme"); } catch { /* storage is shut: as the system has it */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  if (new URLSearchParams(location.search).has("wall")) document.documentElement.dataset.wall = "";
})();
