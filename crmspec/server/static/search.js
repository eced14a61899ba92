// The search box on top: suggestions while typing, all results on Enter.
import { getJson, latest, listboxFor } from "./listbox.js";

export function attachSearch(form) {
  if (!form) return;
  const input = form.querySelector("input[type=search]");
  const list = listboxFor(input, (item) => {
    list.close();
    location.assign(item.url);
  });
  const everything = (words) => {
    const address = new URL(form.action, document.baseURI);
    address.searchParams.set("q", words);
    return address.href;
  };
  const ask = latest(
    200,
    (words) => getJson(form.action, words),
    (found, words) => {
      const groups = found.groups.map((group) => ({ label: group.label, items: group.hits }));
      list.show([{ items: [{ label: `${form.dataset.all}: ${words}`, url: everything(words) }] }, ...groups], found.groups.length ? "" : form.dataset.nothing);
    },
    () => list.close(),
  );
  input.addEventListener("input", () => {
    if (input.value.trim().length > 1) ask(input.value.trim());
    else list.close();
  });
}
