// The filter form: the conditions and the kind of value follow the field that is chosen.
import { attachComboboxes } from "./combobox.js";

const INPUTS = { number: "text", date: "date", datetime: "date", time: "time", text: "text" };

const attached = new WeakMap();   // form → all of its conditions

/** When a list has changed in place, the form is as the server wrote it: it is made to fit again, not attached again. */
export function attachFilters(root) {
  for (const form of root.querySelectorAll("[data-filter-form]")) {
    const { add_field: field, add_operator: operator } = form.elements;
    const refit = () => {
      offerOperators(field, operator, attached.get(form));
      offerValue(form, field, operator);
    };
    if (!attached.has(form)) {
      attached.set(form, [...operator.options]);
      field.addEventListener("change", refit);
      operator.addEventListener("change", () => offerValue(form, field, operator));
    }
    refit();
  }
}

const kindOf = (field) => field.selectedOptions[0]?.dataset.kind || "text";

function offerOperators(field, operator, all) {
  const kind = kindOf(field);
  const fitting = all.filter((one) => one.dataset.kinds.split(" ").includes(kind));
  operator.replaceChildren(...fitting);
  operator.selectedIndex = 0;
}

function offerValue(form, field, operator) {
  const label = form.querySelector("[data-value]");
  const words = label.querySelector("span");
  label.hidden = "valueless" in (operator.selectedOptions[0]?.dataset || {});
  label.replaceChildren(words, ...(label.hidden ? [] : [control(form, field, operator.value)]));
  attachComboboxes(label);
}

function control(form, field, operator) {
  const kind = kindOf(field);
  const option = field.selectedOptions[0];
  const copy = (name) => form.querySelector(`template[data-for="${name}"]`).content.firstElementChild.cloneNode(true);
  if (operator === "in") return copy("period");
  if (kind === "boolean") return copy("boolean");
  if (option.dataset.lookup) {
    const box = copy("lookup");
    box.dataset.targets = JSON.stringify([{ object: "", url: option.dataset.lookup }]);
    return box;
  }
  if (option.dataset.choices) {
    const select = Object.assign(document.createElement("select"), { name: "add_value" });
    select.append(...JSON.parse(option.dataset.choices).map(([name, label]) => new Option(label, name)));
    return select;
  }
  const input = Object.assign(document.createElement("input"), { name: "add_value", type: INPUTS[kind] || "text", autocomplete: "off" });
  if (kind === "number") input.inputMode = "decimal";
  return input;
}
