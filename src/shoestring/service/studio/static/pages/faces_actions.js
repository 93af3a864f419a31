/** What the Faces page does: each function reads the store, talks to /v1, and writes the store. */
import { get, onceOnly, post, put, remove, segment } from "../api.js";
import { set, state, toast } from "../store.js";
import { dataUrl, reduced } from "../widgets/picture.js";

state.faces = {
  loaded: false, model: null, keeps: false, people: [], more: false, person: "", samples: [],
  /** What is to be enrolled or verified: {url, source, look}; `look` is the answer of POST /v1/faces. */
  picture: null, camera: null, decision: null, gallery: null, threshold: null,
  adding: false, newName: "", consent: "", oneToMany: false, asking: "", proof: null, folder: "", started: "",
  busy: "", problem: "",
};

export const edit = (patch) => set("faces", patch);
const PEOPLE = 1000;

let last = Promise.resolve();
let waiting = 0;

/** Do one thing after the other, and say what went wrong in the server's words. */
function during(busy, work) {
  waiting += 1;
  edit({ busy, problem: "" });
  last = last.then(work).catch((error) => edit({ problem: error.message })).then(() => {
    waiting -= 1;
    if (!waiting) edit({ busy: "" });
  });
  return last;
}

export const load = (params) => during("Loading…", async () => {
  const info = await get("/info");
  set("server", { info });
  edit({ model: info.features.picture_model, keeps: info.features.keep_images });
  if (params.t !== undefined && Number.isFinite(Number(params.t))) edit({ threshold: Number(params.t) });
  await list();
  const { people, more } = state.faces;
  const wanted = params.person || state.faces.person;
  const known = people.some(({ name }) => name === wanted);
  if (params.person && !known && !more) edit({ problem: `There is no person “${params.person}” here.` });
  await choose(known || (wanted && more) ? wanted : people[0]?.name ?? "");
  await compare();
  edit({ loaded: true, adding: people.length === 0 });
});

async function list() {
  const { people, more } = await get(`/people?limit=${PEOPLE}`);
  edit({ people, more });
}

export async function choose(person) {
  if (person !== state.faces.person) edit({ person, samples: [], decision: null });
  if (!person) return;
  const { samples } = await get(`/people/${segment(person)}/samples`);
  if (state.faces.person === person) edit({ samples: samples.filter(({ modality }) => modality !== "signature") });
}

export const pick = (person) => during("Loading…", () => choose(person));

/** Read the scores of this gallery again. */
async function compare() {
  if (!state.faces.model) return;
  const gallery = await get("/gallery");
  edit({ gallery });
}

const refresh = async () => {
  await list();
  await choose(state.faces.person);
  await compare();
};

export const create = () => during("Adding…", async () => {
  const { newName, consent, oneToMany } = state.faces;
  const name = newName.trim();
  await put(`/people/${segment(name)}`, consent.trim() ? { consent: consent.trim(), one_to_many: oneToMany } : {});
  edit({ adding: false, newName: "", consent: "", oneToMany: false, proof: null, person: name, samples: [], decision: null });
  await refresh();
});

/** Show a picture and ask the server what it sees. Nothing is kept by this. */
export function take(file, source) {
  // Off the stage at once: what is pressed while the new one is read must not be about the old one.
  edit({ picture: null, decision: null, proof: null });
  return during("Looking for the face…", async () => {
    const url = await dataUrl(await reduced(file));
    edit({ picture: { url, source, look: null } });
    try {
      const look = await post("/faces", { image: url });
      if (state.faces.picture?.url === url) edit({ picture: { url, source, look } });
    } catch (error) {
      edit({ picture: null });
      throw new Error(`${file.name || "The picture"}: ${error.message}`);
    }
  });
}

export const clear = () => edit({ picture: null, decision: null, problem: "" });

const ready = () => {
  const { person, adding, picture } = state.faces;
  if (!person || adding) toast("Add or choose a person first.");
  else if (!picture) toast("Choose a picture first.");
  else if (picture.look?.refusals.length) toast("This picture will not do; the reasons are beside it.");
  else return true;
  return false;
};

export function enrol() {
  if (!ready()) return;
  const { person, picture } = state.faces;
  // Off the stage at once, so that a second press cannot enrol it twice; back again when the server refuses it.
  edit({ picture: null, decision: null, proof: null });
  during("Enrolling…", async () => {
    const body = { image: picture.url, capture: { source: picture.source } };
    try {
      const answer = await post(`/people/${segment(person)}/samples`, body, { "idempotency-key": onceOnly() });
      toast(`Enrolled. ${answer.warnings.join(" ")}`);
    } catch (error) {
      edit((faces) => (faces.picture ? {} : { picture }));
      throw error;
    }
    await refresh();
  });
}

export function verify() {
  if (!ready()) return;
  const { person, picture } = state.faces;
  during("Verifying…", async () => {
    const decision = await post("/verify", { person, image: picture.url });
    if (state.faces.person === person) edit({ decision });
  });
}

export const deleteSample = (sample) => during("Deleting…", async () => {
  await remove(`/people/${segment(state.faces.person)}/samples/${segment(sample)}`);
  edit({ decision: null });
  await refresh();
});

export const forget = () => during("Forgetting…", async () => {
  const person = state.faces.asking;
  edit({ asking: "" });
  const answer = await remove(`/people/${segment(person)}`);
  edit({ proof: { person, answer }, decision: null, person: state.faces.person === person ? "" : state.faces.person });
  await list();
  await choose(state.faces.person || state.faces.people[0]?.name || "");
  await compare();
  edit((faces) => ({ adding: faces.people.length === 0 }));
});

/** Shown at once, and as the server has it afterwards. */
export function allow(person, agreed) {
  edit(({ people }) => ({ people: people.map((one) => (one.name === person ? { ...one, one_to_many: agreed } : one)) }));
  during("Changing…", async () => {
    try {
      await put(`/people/${segment(person)}`, { one_to_many: agreed });
    } finally {
      await list();
    }
  });
}

/** The camera starts on a press and on nothing else, and stops when the picture is taken. */
export async function camera() {
  if (state.faces.camera) {
    shoot();
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, facingMode: "user" } });
    edit({ camera: stream, picture: null, decision: null, problem: "" });
  } catch (error) {
    edit({ problem: `The camera cannot be used: ${error.message || error.name}` });
  }
}

export function stopCamera() {
  state.faces.camera?.getTracks().forEach((track) => track.stop());
  edit({ camera: null });
}

export function shoot() {
  const video = document.querySelector(".stage video");
  if (!video?.videoWidth) return;
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((blob) => {
    stopCamera();
    if (blob) take(blob, "camera");
  }, "image/png");
}

/** Move the threshold handle; it shows and changes nothing on the server. */
export function nudge(steps) {
  const { gallery } = state.faces;
  const places = gallery?.threshold ?? [];
  if (!places.length) return;
  edit({ threshold: places[Math.min(Math.max(at(state.faces) + steps, 0), places.length - 1)] });
}

/** The index of the threshold that is shown: the nearest to the chosen one, at first that of the model. */
export function at({ gallery, threshold }) {
  const wanted = threshold ?? gallery.accept ?? gallery.threshold[Math.floor(gallery.threshold.length / 2)];
  return gallery.threshold.reduce((best, value, place, all) => (Math.abs(value - wanted) < Math.abs(all[best] - wanted) ? place : best), 0);
}

export const train = (data, crop) => during("Starting…", async () => {
  // Drawn faces differ little in texture; a network learns them in a minute.
  const preset = data === "synthetic" ? "face-triplet" : "face-patterns";
  const { run } = await post("/runs", { preset, overrides: { data, crop } });
  edit({ started: run });
});

const pasted = (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (file) {
    event.preventDefault();
    take(file, "clipboard");
  }
};

export const listen = () => addEventListener("paste", pasted);

export function leave() {
  removeEventListener("paste", pasted);
  stopCamera();
}
