/** The picture: from a file, by drag and drop, from the clipboard or from the camera, with what the server sees in it. */
import { Component, createRef, html } from "../html.js";
import { Icon } from "./icons.js";

const REASONS = { "no-face": "No face", "two-faces": "More than one face", "too-small": "Too small", blurred: "Blurred" };

/** What the camera sees, as in a mirror. */
class Live extends Component {
  video = createRef();

  componentDidMount() {
    this.video.current.srcObject = this.props.stream;
  }

  render() {
    return html`<video ref=${this.video} autoplay muted playsinline aria-label="What the camera sees"></video>`;
  }
}

/** The picture with a frame around each face. */
function Shown({ picture }) {
  const { look } = picture;
  return html`<div class="shown">
    <img src=${picture.url} alt=${look ? `The picture: ${look.faces.length} ${look.faces.length === 1 ? "face" : "faces"} found` : "The picture"} />
    ${look && html`<svg viewBox=${`0 0 ${look.width} ${look.height}`} aria-hidden="true">
      ${look.faces.map(({ left, top, side }, place) => html`<rect key=${place} class=${look.refusals.length ? "bad" : "good"} x=${left} y=${top} width=${side} height=${side} rx=${side / 20} />`)}
    </svg>`}
  </div>`;
}

/**
 * Where the picture comes from and is shown.
 * @param {{faces: any, on: Record<string, Function>}} props
 */
export function Stage({ faces, on }) {
  const { picture, camera } = faces;
  const drop = (event) => {
    event.preventDefault();
    event.currentTarget.classList.remove("over");
    const file = event.dataTransfer.files[0];
    if (file) on.take(file, "file");
  };
  const over = (event) => {
    event.preventDefault();
    event.currentTarget.classList.add("over");
  };
  return html`<div class="stage" onDrop=${drop} onDragOver=${over} onDragLeave=${(event) => event.currentTarget.classList.remove("over")}>
    ${camera ? html`<${Live} stream=${camera} />` : picture ? html`<${Shown} picture=${picture} />`
      : html`<div class="stage-empty"><${Icon} name="faces" /><p>Drop a photograph here, paste one, choose a file, or use the camera.</p>
        <p class="small muted">One person, looking at you, with light from the front.</p></div>`}
  </div>
  <div class="row sources">
    <label class="button" for="photo">Choose a file<kbd>o</kbd></label>
    <input id="photo" class="sr" type="file" accept="image/png,image/jpeg,image/webp,image/bmp,image/gif"
      onChange=${(event) => { const file = event.target.files[0]; event.target.value = ""; if (file) on.take(file, "file"); }} />
    <button onClick=${on.camera}>${camera ? "Take the picture" : "Use the camera"}<kbd>c</kbd></button>
    ${camera ? html`<button class="quiet" onClick=${on.stopCamera}>Stop</button>`
      : html`<button class="quiet" disabled=${!picture} onClick=${on.clear}>Clear<kbd>x</kbd></button>`}
  </div>`;
}

/**
 * The crop that would be compared, and every reason against it.
 * @param {{look: any}} props
 */
export function Quality({ look }) {
  const face = look.faces[0];
  return html`<div class="quality" role="status">
    ${look.crop && html`<figure><img src=${`data:image/png;base64,${look.crop}`} alt="The crop that is compared" /><figcaption class="small muted">what is compared</figcaption></figure>`}
    <div class="stack">
      ${look.refusals.length === 0 ? html`<p class="chip good"><${Icon} name="accept" />This picture will do</p>`
        : html`<ul class="refusals">${look.refusals.map(({ reason, message }) => html`<li key=${reason}>
          <span class="chip bad"><${Icon} name="reject" />${REASONS[reason] ?? reason}</span> <span>${message}</span></li>`)}</ul>`}
      ${face && html`<p class="small muted number">Face ${face.side} pixels wide, sharpness ${look.sharpness.toFixed(3)}; picture ${look.width} × ${look.height}.</p>`}
    </div>
  </div>`;
}
