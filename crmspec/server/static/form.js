// Forms: the summary takes the focus, unsaved work is not left by mistake, colours and rich text get their tools.
import { words } from "./crm.js";
import { followConditions } from "./conditions.js";
import { attachRichText } from "./rich_text.js";

document.querySelector("[data-problems]")?.focus();
for (const box of document.querySelectorAll("[data-rich-text]")) attachRichText(box);

for (const field of document.querySelectorAll("[data-color-field]")) {
  const [text, pick] = field.querySelectorAll("input");
  pick.hidden = false;
  pick.addEventListener("input", () => { text.value = pick.value; });
  text.addEventListener("input", () => { if (/^#[0-9a-f]{6}$/i.test(text.value)) pick.value = text.value; });
}

// A link of the summary leads to the control itself, not only into its view.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".summary a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  (target.matches("fieldset") ? target.querySelector("input:not([type=hidden]), select, textarea") || target : target).focus();
  target.scrollIntoView({ block: "center" });
});

const form = document.querySelector("[data-form]");
if (form) {
  followConditions(form);
  const state = () => new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value])).toString();
  let clean = state();
  form.addEventListener("submit", (event) => {
    clean = null;
    // A second click must not make a second record.
    const button = event.submitter;
    setTimeout(() => { for (const one of form.querySelectorAll(".form-end button")) one.disabled = true; });
    setTimeout(() => { for (const one of form.querySelectorAll(".form-end button")) one.disabled = false; button?.focus(); }, 8000);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector(".form-end .primary"));
  });
  window.addEventListener("beforeunload", (event) => {
    if (clean !== null && clean !== state()) {
      event.preventDefault();
      event.returnValue = words.leave;
    }
  });
  window.addEventListener("pageshow", () => { for (const one of form.querySelectorAll(".form-end button")) one.disabled = false; });
}
