// The board: a card that is dropped on another stage is moved there, or goes back with the reason.
import { post, toast, words } from "./crm.js";

const attached = new WeakSet();

function attach() {
  for (const list of document.querySelectorAll("[data-board] [data-cards]")) {
    if (attached.has(list)) continue;
    attached.add(list);
    window.Sortable.create(list, {
      group: "stages",
      draggable: ".board-card[data-move]",
      filter: ".menu, .menu *",
      preventOnFilter: false,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      ghostClass: "card-ghost",
      dragClass: "card-moving",
      delay: 180,
      delayOnTouchOnly: true,
      scrollSensitivity: 80,
      onEnd: ({ item, from, to, oldDraggableIndex }) => {
        if (from !== to) move(item, from, to, oldDraggableIndex);
      },
    });
  }
}

/** Ask the server for the move; on a no, put the card back where it was. */
async function move(card, from, to, place) {
  const stage = to.closest("[data-stage]");
  card.setAttribute("aria-busy", "true");
  const answer = await post(card.dataset.move, { to: stage.dataset.stage, version: card.dataset.version });
  card.removeAttribute("aria-busy");
  if (answer.ok) {
    card.dataset.version = answer.body.version;
    const version = card.querySelector('[name="version"]');
    if (version) version.value = answer.body.version;
    renew(answer.body.columns || {});
    targets(card, from.closest("[data-stage]"), stage);
    toast(answer.body.message || words.moved.replace("{}", stage.querySelector("h2").textContent.trim()));
    return;
  }
  from.insertBefore(card, from.querySelectorAll(".board-card")[place] || null);
  toast(answer.body.message || words.offline, { error: true, link: answer.body.link });
  card.querySelector(".card-title").focus();
}

function renew(columns) {
  for (const [name, now] of Object.entries(columns)) {
    const column = document.querySelector(`[data-stage="${CSS.escape(name)}"]`);
    if (!column) continue;
    column.querySelector("[data-count]").textContent = now.count ?? "";
    column.querySelector("[data-sum]").textContent = now.sum ?? "";
  }
}

/** The menu of a card offers every stage but its own. */
function targets(card, left, entered) {
  const button = card.querySelector(`[data-move-form] button[value="${CSS.escape(entered.dataset.stage)}"]`);
  if (!button) return;
  button.value = left.dataset.stage;
  button.querySelector("span:last-child").textContent = left.querySelector("h2").textContent.trim();
  button.querySelector(".key").className = left.querySelector("h2 .key").className;
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-move-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const card = form.closest(".board-card");
  const from = card.closest("[data-cards]");
  const to = document.querySelector(`[data-stage="${CSS.escape(event.submitter.value)}"] [data-cards]`);
  const place = [...from.querySelectorAll(".board-card")].indexOf(card);
  form.closest("details").open = false;
  to.prepend(card);
  card.querySelector(".card-title").focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  move(card, from, to, place);
});

document.addEventListener("htmx:after:swap", attach);
attach();
