// The view of the byte inspector: a grid of bytes that can be walked with the arrow keys. It knows nothing of
// formats or keys; the model in Python says what each byte is, and what came of flipping one.
const MONOSPACE = "var(--jp-code-font-family, monospace)";

function render({ model, el }) {
  const grid = document.createElement("div");
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", model.get("title"));
  const columns = model.get("as_text") ? 32 : 16;
  grid.style.cssText = `display:grid;grid-template-columns:3.2em repeat(${columns}, ${model.get("as_text") ? 1.35 : 2.1}em);font:12px ${MONOSPACE};width:max-content`;
  const told = document.createElement("div");
  told.setAttribute("role", "status");
  told.setAttribute("aria-live", "polite");
  told.style.cssText = "min-height:5.6em;margin-top:8px;font-size:var(--jp-content-font-size1,14px);line-height:1.45;max-width:60em";
  const cells = [];

  function draw() {
    const fields = model.get("fields"), bytes = model.get("values"), flipped = new Set(model.get("flipped"));
    const fieldOf = [];
    fields.forEach((field, number) => {
      for (let i = 0; i < field.length; i++) fieldOf[field.offset + i] = number;
    });
    grid.replaceChildren();
    cells.length = 0;
    let row;
    bytes.forEach((value, at) => {
      if (at % columns === 0) {
        row = document.createElement("div");
        row.setAttribute("role", "row");
        row.style.display = "contents";
        const offset = document.createElement("span");
        offset.setAttribute("role", "rowheader");
        offset.textContent = at;
        offset.style.cssText = "opacity:.65;text-align:right;padding:4px 8px 0 0";
        row.append(offset);
        grid.append(row);
      }
      const number = fieldOf[at], field = fields[number], changed = flipped.has(at);
      const cell = document.createElement("button");
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-label", `byte ${at}, ${value}, ${field.name}${changed ? ", changed" : ""}`);
      cell.tabIndex = at === model.get("focused") ? 0 : -1;
      cell.style.cssText = `background:${field.fill};color:#1a1a1a;border:none;padding:1px 0;margin:0 0 2px;font:inherit;cursor:pointer;` +
        (at === field.offset ? "border-left:2px solid #1a1a1a;" : "") +
        (changed ? "outline:3px double #D55E00;outline-offset:-3px;font-weight:bold;" : "");
      const mark = document.createElement("span");
      mark.textContent = at === field.offset ? number + 1 : "";
      mark.style.cssText = "display:block;font-size:8px;line-height:9px;height:9px;text-align:left;padding-left:2px";
      cell.append(mark, spelt(value));
      cell.addEventListener("focus", () => focus(at));
      cell.addEventListener("mouseenter", () => focus(at));
      cell.addEventListener("click", () => model.send({ flip: at }));
      cells.push(cell);
      row.append(cell);
    });
  }

  function spelt(value) {
    if (!model.get("as_text")) return value.toString(16).padStart(2, "0");
    // Space, carriage return and line feed have signs of their own; what else has no letter is a dot.
    const signs = { 0x20: "␣", 0x0d: "←", 0x0a: "↓" };
    return signs[value] ?? (value > 0x20 && value < 0x7f ? String.fromCharCode(value) : "·");
  }

  function focus(at) {
    cells[model.get("focused")]?.setAttribute("tabindex", -1);
    cells[at].tabIndex = 0;
    model.set("focused", at);
    model.save_changes();
  }

  grid.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const next = model.get("focused") + (step ?? 0);
    if (step !== undefined && cells[next]) {
      cells[next].focus();
      event.preventDefault();
      event.stopPropagation();
    }
  });

  const putBack = document.createElement("button");
  putBack.textContent = "Put all bytes back";
  putBack.className = "jupyter-button";
  putBack.style.cssText = "width:auto;margin-top:8px";
  putBack.addEventListener("click", () => model.send({ restore: true }));

  const say = () => { told.innerHTML = model.get("told"); };
  const redraw = () => {
    const inside = grid.contains(document.activeElement);
    draw();
    if (inside) cells[model.get("focused")]?.focus();
  };
  model.on("change:values", redraw);
  model.on("change:told", say);
  draw();
  say();
  const scroll = document.createElement("div");
  scroll.style.cssText = "overflow:auto;max-height:28em";
  scroll.append(grid);
  el.append(scroll, putBack, told);
}

export default { render };
