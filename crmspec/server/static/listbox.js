// A list of suggestions below an input, by the ARIA combobox pattern.
let serial = 0;

/** Give the input a listbox. `choose(item)` is called with the item whose option was taken. */
export function listboxFor(input, choose) {
  const box = document.createElement("div");
  box.className = "listbox";
  box.id = `listbox-${++serial}`;
  box.hidden = true;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", input.getAttribute("aria-label") || input.labels?.[0]?.textContent.trim() || input.placeholder || "…");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", box.id);
  input.parentElement.closest(".combobox, .global-search").append(box);
  let items = [];
  let at = -1;

  const options = () => [...box.querySelectorAll('[role="option"]:not([aria-disabled])')];
  function mark(index) {
    const all = options();
    at = all.length ? (index + all.length) % all.length : -1;
    all.forEach((one, place) => one.setAttribute("aria-selected", String(place === at)));
    if (at >= 0) {
      input.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }
  function close() {
    box.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  }
  function option(item) {
    const line = document.createElement("div");
    line.id = `${box.id}-${items.length}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    const label = document.createElement("bdi");
    label.textContent = item.label;
    line.append(label);
    if (item.detail) line.append(Object.assign(document.createElement("small"), { textContent: item.detail }));
    const place = items.push(item) - 1;
    // Pressing must not take the focus away from the input.
    line.addEventListener("mousedown", (event) => event.preventDefault());
    line.addEventListener("click", () => choose(items[place]));
    return line;
  }

  /** Show groups of items: [{label, items}], then a remark that cannot be chosen. */
  function show(groups, remark = "") {
    items = [];
    box.replaceChildren();
    for (const group of groups) {
      if (!group.items.length) continue;
      let parent = box;
      if (group.label) {
        parent = document.createElement("div");
        parent.setAttribute("role", "group");
        parent.setAttribute("aria-label", group.label);
        const heading = Object.assign(document.createElement("span"), { textContent: group.label });
        heading.setAttribute("aria-hidden", "true");
        parent.append(heading);
        box.append(parent);
      }
      parent.append(...group.items.map(option));
    }
    if (remark) {
      const said = Object.assign(document.createElement("div"), { className: "said", textContent: remark });
      // A listbox holds options only: a remark that stands alone is one that cannot be chosen.
      said.setAttribute("role", items.length ? "presentation" : "option");
      if (!items.length) said.setAttribute("aria-disabled", "true");
      box.append(said);
    }
    box.hidden = !box.children.length;
    input.setAttribute("aria-expanded", String(!box.hidden));
    mark(items.length ? 0 : -1);
    if (!items.length) input.removeAttribute("aria-activedescendant");
  }

  input.addEventListener("keydown", (event) => {
    if (box.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && at >= 0 && items[at]) {
      event.preventDefault();
      choose(items[at]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 120));
  return { show, close, get open() { return !box.hidden; } };
}

/** Wait for a pause in typing, and forget answers that come late. */
export function latest(pause, ask, answer, failed) {
  let timer;
  let turn = 0;
  return (...what) => {
    clearTimeout(timer);
    const mine = ++turn;
    timer = setTimeout(async () => {
      try {
        const found = await ask(...what);
        if (mine === turn) answer(found, ...what);
      } catch {
        if (mine === turn) failed();
      }
    }, pause);
  };
}

export async function getJson(url, words) {
  const address = new URL(url, document.baseURI);
  if (words) address.searchParams.set("q", words);
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
