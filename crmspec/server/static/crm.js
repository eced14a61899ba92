// What every page has: menus that close, the search box, themes, shortcuts. Without it everything still works.
import { attachComboboxes } from "./combobox.js";
import { attachSearch } from "./search.js";
import { attachFilters } from "./filters.js";
import { attachKeys } from "./palette.js";

const csrf = () => document.querySelector('meta[name="csrf-token"]').content;
export const words = document.getElementById("words").dataset;

/** Send a form's worth of data; give back {ok, status, body}, body being JSON or {}. Never throws. */
export async function post(url, fields) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRF-Token": csrf() },
      body: new URLSearchParams({ ...fields, csrf_token: csrf() }),
      credentials: "same-origin",
    });
    const said = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
    return { ok: answer.ok && !answer.redirected, status: answer.status, body: said };
  } catch {
    return { ok: false, status: 0, body: { message: words.offline } };
  }
}

/** Say something for a while, at the foot of the page. */
export function toast(text, { error = false, link = null } = {}) {
  const box = document.createElement("div");
  box.className = error ? "toast error" : "toast";
  if (error) box.setAttribute("role", "alert");
  box.append(text);
  if (link) {
    const anchor = Object.assign(document.createElement("a"), { href: link.url, textContent: link.label });
    box.append(anchor);
  }
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  close.setAttribute("aria-label", words.close);
  close.addEventListener("click", () => box.remove());
  box.append(close);
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), error ? 12000 : 4000);
}

function openMenus() {
  return document.querySelectorAll("details.menu[open]");
}

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menus = openMenus();
    if (menus.length) {
      const last = menus[menus.length - 1];
      last.open = false;
      last.querySelector("summary").focus();
    } else if (location.hash === "#navigation") location.hash = "main";
    return;
  }
  if (event.key === "Alt" && document.querySelector("[data-defined-at]")) document.body.classList.add("show-origins");
});
document.addEventListener("keyup", (event) => {
  if (event.key === "Alt") document.body.classList.remove("show-origins");
});
window.addEventListener("blur", () => document.body.classList.remove("show-origins"));

// Arrow keys walk through an open menu.
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const menu = event.target.closest("details.menu[open]");
  if (!menu || event.target.matches("input, select, textarea")) return;
  const items = [...menu.querySelectorAll("summary, .menu-panel a, .menu-panel button")].filter((one) => one.offsetParent);
  const next = items[items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

// The theme changes at once, and is remembered by the server.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-form] button[name=theme]");
  if (!button) return;
  event.preventDefault();
  document.documentElement.dataset.theme = button.value;
  document.querySelector('meta[name="color-scheme"]').content = button.value === "system" ? "light dark" : button.value;
  for (const other of button.parentElement.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  const form = button.form;
  post(form.action, { theme: button.value, next: form.elements.next.value });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  toast(words.copied);
});

// Shift and a click on a heading sorts by that column, too.
document.addEventListener("click", (event) => {
  const heading = event.shiftKey && event.target.closest("a[data-also]");
  if (!heading) return;
  event.preventDefault();
  event.stopPropagation();
  location.assign(heading.dataset.also);
}, true);

let waiting;
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-live-search]");
  if (!form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.requestSubmit(), 300);
});

function enliven(root) {
  attachComboboxes(root);
  attachFilters(root);
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

// An answer without the list (an error, the log-in page, a page that is gone) is shown whole.
document.addEventListener("htmx:after:request", (event) => {
  const { response, text, request } = event.detail.ctx;
  if (response.raw.ok && text.includes('id="list"')) return;
  event.preventDefault();
  location.assign(response.raw.url || request.action);
});
document.addEventListener("htmx:error", () => toast(words.offline, { error: true }));

document.documentElement.classList.add("scripted");
document.addEventListener("htmx:after:swap", () => {
  enliven(document);
  // What is being typed is left alone (hx-morph-skip); otherwise the box says what the list was searched for.
  const box = document.getElementById("list-search");
  if (box && box !== document.activeElement) box.value = new URL(location).searchParams.get("q") || "";
});
enliven(document);
attachSearch(document.querySelector("[data-global-search]"));
attachKeys();
