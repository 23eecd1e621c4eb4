// Coming in. The server says no in the same way for a wrong name and a wrong password; so do we.

import { byId } from "./dom.js";
import { bindLanguage } from "./frame.js";
import { get, post, setToken } from "./server.js";
import { speak, t } from "./words.js";

const form = byId("login");
const problem = byId("login-problem");
const said = { key: null, values: {} };

function tell(key, values = {}) {
  Object.assign(said, { key, values });
  problem.textContent = key ? t(key, values) : "";
}

// Only a page of our own: an address of another place would send people who trust this one there.
function target() {
  const next = new URLSearchParams(location.search).get("next") || "/";
  return /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  tell(null);
  try {
    await post("/login", { name: form.elements.name.value, password: form.elements.password.value }, { stay: true });
    location.assign(target());
  } catch (error) {
    if (error.status === 401) tell("login.wrong");
    else if (error.status === 429) tell("login.wait", { n: error.waitS || 60 });
    else tell(error.status === 0 ? "fail.unreachable" : "fail.status", { status: error.status });
    form.elements.password.value = "";
    form.elements.password.focus();
  } finally {
    button.disabled = false;
  }
});

const me = await get("/api/me").catch(() => ({}));
setToken(me.csrf);
await speak(me.lang || null);
bindLanguage({ lang: null }, () => tell(said.key, said.values));
