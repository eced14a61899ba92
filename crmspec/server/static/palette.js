// Everything by keyboard: a palette of places and deeds, shortcuts of one key, and an overview of them.
import { getJson, latest, listboxFor } from "./listbox.js";

const SHOWN_MOST = 8; // of each group, before anything is typed
const OFF = "crmspec.single-keys";

const shown = (element) => (element.querySelector("span:not(.count)") || element).textContent.replace(/\s+/g, " ").trim();
const items = (selector) =>
  [...document.querySelectorAll(selector)].map((element) => ({ label: shown(element), element })).filter((one) => one.label);

/** What can be done from here, as the page itself offers it. */
function offered(said) {
  return [
    { label: said.here, items: items("main .heading-actions a:not([aria-current])") },
    { label: said.go, items: items("#navigation .nav-group a") },
    { label: said.create, items: items("[data-create-menu] .menu-item") },
    { label: said.you, items: [...items(".profile-panel .menu-item, .profile-panel [data-theme-form] button"), { label: said.keys, shortcuts: true }] },
  ];
}

function fits(label, words) {
  const text = label.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

function attachPalette(dialog, shortcuts) {
  const form = dialog.querySelector("form");
  const input = form.querySelector("input");
  const said = form.dataset;
  let groups = [];
  const list = listboxFor(input, (item) => {
    dialog.close();
    if (item.shortcuts) shortcuts.showModal();
    else if (item.element) item.element.click();
    else location.assign(item.url);
  });
  const everything = (words) => {
    const address = new URL(form.action, document.baseURI);
    address.searchParams.set("q", words);
    return address.href;
  };
  const chosen = (typed) => {
    const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    return groups.map((group) => ({
      label: group.label,
      items: group.items.filter((one) => fits(one.label, words)).slice(0, words.length ? undefined : SHOWN_MOST),
    }));
  };
  const show = (typed, found = [], remark = "") => {
    const own = chosen(typed);
    const all = typed && said.search ? [{ items: [{ label: `${said.all}: ${typed}`, url: everything(typed) }] }] : [];
    list.show([...own, ...found, ...all], own.some((group) => group.items.length) || found.length ? "" : remark);
  };
  const ask = latest(
    200,
    (typed) => getJson(form.action, typed),
    (found, typed) => show(typed, found.groups.map((group) => ({ label: group.label, items: group.hits })), said.nothing),
    () => {},
  );
  input.addEventListener("input", () => {
    const typed = input.value.trim();
    show(typed);
    if (said.search && typed.length > 1) ask(typed);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return () => {
    groups = offered(said);
    input.value = "";
    dialog.showModal();
    show("");
  };
}

export function attachKeys() {
  const palette = document.getElementById("palette");
  const shortcuts = document.getElementById("shortcuts");
  if (!palette || !shortcuts) return;
  const open = attachPalette(palette, shortcuts);
  const single = shortcuts.querySelector("[data-single-keys]");
  single.checked = localStorage.getItem(OFF) !== "off";
  single.addEventListener("change", () => localStorage.setItem(OFF, single.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close();
      else open();
      return;
    }
    // One key alone is a shortcut only where nobody types, and for those who want it (WCAG 2.2, 2.1.4).
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]") || localStorage.getItem(OFF) === "off") return;
    if (event.key === "?") {
      event.preventDefault();
      shortcuts.showModal();
      return;
    }
    const meant = /^[/a-z]$/.test(event.key) && document.querySelector(`[aria-keyshortcuts="${event.key}"]`);
    if (!meant) return;
    event.preventDefault();
    if (meant.matches("input")) {
      meant.focus();
      meant.select();
    } else meant.click();
  });
}
