// Shows new mails as they come. The page is complete without it; the checkbox stops it.
"use strict";
const EVERY = 2000; // milliseconds
const auto = document.getElementById("auto");
const news = document.getElementById("news");
auto.hidden = false;

async function refresh() {
  if (document.hidden || !auto.querySelector("input").checked) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  show(document.getElementById("mails"), page.getElementById("mails"), page.title);
}

function show(before, after, title) {
  if (before.innerHTML === after.innerHTML) return;
  const focused = document.activeElement.closest("#mails a")?.getAttribute("href");
  const more = after.dataset.total - before.dataset.total;
  before.replaceWith(after);
  document.title = title;
  if (focused) after.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  news.textContent = more === 1 ? "1 new mail" : more > 1 ? `${more} new mails` : "The list has changed";
}

async function loop() {
  try {
    await refresh();
  } catch {
    // The mailbox is away, perhaps for a restart: try again.
  }
  setTimeout(loop, EVERY);
}
setTimeout(loop, EVERY);
