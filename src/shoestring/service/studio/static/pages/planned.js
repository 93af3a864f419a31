/** Pages that are announced but not built: each says so, and what it will do. Nothing here pretends to work. */
import { html } from "../html.js";

const PLANNED = {
  label: ["Label", "Answer one item at a time; the model picks the next, and a random share audits it.", "active and semi-supervised learning", "/learn"],
  draw: ["Draw", "Turn a sentence into pictures token by token, with the vocabulary it cannot draw stated.", "DALL-E", "/learn"],
};

const page = (title, text, source, href) => ({
  title,
  built: false,
  view: () => html`<section class="card stack unbuilt">
    <p class="chip plain">not built yet</p>
    <h2>${title} comes later</h2>
    <p class="lead">${text}</p>
    <p>It will stand on ${source}. Until then there is no recipe, no command and no route behind this page.</p>
    <p class="row"><a class="button" href=${href}>See what is built</a><a class="button" href="/sign">Go to Sign, which works</a></p>
  </section>`,
});

export const planned = {
  ...Object.fromEntries(Object.entries(PLANNED).map(([name, entry]) => [name, page(...entry)])),
  missing: {
    title: "Not found",
    built: true,
    view: () => html`<section class="card stack unbuilt">
      <h2>There is no such page</h2>
      <p>The address <code>${location.pathname}</code> belongs to nothing in the studio.</p>
      <p><a class="button" href="/">Home</a></p>
    </section>`,
  },
};
