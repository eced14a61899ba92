// Fields that depend on others: the server is asked what holds with these answers, and the form follows.
import { latest } from "./listbox.js";

export function followConditions(form) {
  const { conditions: url, watched } = form.dataset;
  if (!url) return;
  const names = watched.split(" ");
  const ask = latest(
    120,
    async () => {
      const address = new URL(url, document.baseURI);
      for (const [name, value] of new FormData(form)) {
        if (typeof value === "string" && names.includes(name.split(".")[0])) address.searchParams.append(name, value);
      }
      const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    },
    ({ conditions }) => {
      for (const [name, now] of Object.entries(conditions)) apply(form, name, now);
    },
    // Without an answer everything stays where it is: the server decides again when the form is saved.
    () => {},
  );
  form.addEventListener("change", (event) => {
    if (names.includes((event.target.name || "").split(".")[0])) ask("");
  });
}

function apply(form, name, { visible, required }) {
  const field = form.querySelector(`[data-field="${CSS.escape(name)}"]`);
  if (!field) return;
  field.toggleAttribute("data-hidden", !visible);
  const label = field.querySelector(".label, legend, label");
  const star = label?.querySelector(".required");
  if (required && label && !star) {
    label.append(Object.assign(document.createElement("span"), { className: "required", textContent: "*", ariaHidden: "true" }));
  }
  if (!required) star?.remove();
  for (const control of field.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (required) control.setAttribute("aria-required", "true");
    else control.removeAttribute("aria-required");
  }
}
