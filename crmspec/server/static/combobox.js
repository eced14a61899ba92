// Look-ups: type, choose; the id goes into a hidden input. Without scripts the words themselves are sent.
import { getJson, latest, listboxFor } from "./listbox.js";

const attached = new WeakSet();

export function attachComboboxes(root) {
  for (const box of root.querySelectorAll("[data-combobox]")) {
    if (attached.has(box)) continue;
    attached.add(box);
    if (box.dataset.several) attachSeveral(box);
    else attachOne(box);
  }
}

function targetOf(box) {
  const targets = JSON.parse(box.dataset.targets || "[]");
  const kind = box.querySelector("select.narrow");
  return (kind && targets.find((one) => one.object === kind.value)) || targets[0];
}

/** Tie an input to the suggestions of a target. */
function suggest(box, input, choose) {
  const list = listboxFor(input, (item) => {
    list.close();
    if (item.go) location.assign(item.go);
    else choose(item);
  });
  const ask = latest(
    150,
    (words) => getJson(targetOf(box).url, words),
    (found, words) => {
      const target = targetOf(box);
      const fresh = target.new && words ? [{ label: box.dataset.new.replace("{}", words), go: withName(target.new, words) }] : [];
      const groups = [{ items: found.results }, { items: fresh }];
      list.show(groups, found.more ? box.dataset.more : found.results.length ? "" : box.dataset.nothing);
    },
    () => list.show([], box.dataset.failed || box.dataset.nothing),
  );
  input.addEventListener("input", () => ask(input.value.trim()));
  input.addEventListener("focus", () => { if (!input.value) ask(""); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !list.open) {
      event.preventDefault();
      ask(input.value.trim());
    }
  });
}

function withName(url, words) {
  const address = new URL(url, document.baseURI);
  address.searchParams.set("title", words);
  return address.href;
}

function attachOne(box) {
  const input = box.querySelector('input[type="text"]');
  const hidden = box.querySelector('input[type="hidden"]');
  suggest(box, input, (item) => {
    input.value = item.label;
    hidden.value = item.id;
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // What was chosen stands only as long as its words do.
  input.addEventListener("input", () => { hidden.value = ""; });
  box.querySelector("select.narrow")?.addEventListener("change", () => {
    input.value = "";
    hidden.value = "";
    input.focus();
  });
}

function attachSeveral(box) {
  const input = box.querySelector('input[type="text"]');
  const chosen = box.querySelector("[data-chosen]");
  suggest(box, input, (item) => {
    const there = [...chosen.querySelectorAll("input")].find((one) => one.value === String(item.id));
    if (there) there.checked = true;
    else {
      const label = Object.assign(document.createElement("label"), { className: "chip hue-gray" });
      const tick = Object.assign(document.createElement("input"), {
        type: "checkbox", className: "keep", name: box.dataset.several, value: item.id, checked: true,
      });
      label.append(tick, Object.assign(document.createElement("bdi"), { textContent: item.label }));
      chosen.append(label);
    }
    input.value = "";
    input.focus();
  });
}
