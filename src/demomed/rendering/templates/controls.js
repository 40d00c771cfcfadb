// What the reader does: choose, point, select, search, compare, sort, share.
let invoker = null;

function point(code, level) {
  boards.forEach(board => board.outline(code || state.zone, code ? level : state.level));
  for (const row of document.querySelectorAll("[data-z].lit")) row.classList.remove("lit");
  if (code) for (const row of rowsOf(code)) row.classList.add("lit");
}

function rowsOf(code) {
  return document.querySelectorAll(`li[data-z="${CSS.escape(code)}"], tr[data-z="${CSS.escape(code)}"]`);
}

function select(code, level) {
  if (level && level !== state.level) setLevel(level);
  state.zone = code;
  for (const row of document.querySelectorAll("[aria-current=location]")) row.removeAttribute("aria-current");
  if (code) for (const row of rowsOf(code)) row.setAttribute("aria-current", "location");
  point(null);
  drawSheet();
  remember();
}

function setLayer(id) {
  if (!layers.has(id)) return;
  state.layer = id;
  const input = document.querySelector(`input[name=indicateur][value="${CSS.escape(id)}"]`);
  if (input) {
    input.checked = true;
    input.closest("details").open = true;
  }
  $("choix-courant").textContent = layerOf().label;
  if (state.compare === id) state.compare = null;
  if (!pastOf(layerOf())) state.date = null;
  if (layerOf().kind === "category" && !valuesOf()) setLevel(Object.keys(layerOf().levels)[0]);
  else redraw();
}

function setLevel(level) {
  if (!zones[level] || level === state.level) return;
  state.level = level;
  state.zone = null;
  const input = document.querySelector(`input[name=maille][value="${CSS.escape(level)}"]`);
  if (input) input.checked = true;
  showTable();
  redraw();
  point(null);
}

function redraw() {
  boards[0].draw(state.layer, state.level);
  if (state.compare) boards[1].draw(state.compare, state.level, sharesScale(state.layer, state.compare) ? state.layer : null);
  drawDates();
  drawHead();
  drawLegends();
  drawRanking();
  drawSheet();
  remember();
}

function showTable() {
  for (const block of document.querySelectorAll(".donnees[data-niveau]")) {
    block.hidden = block.dataset.niveau !== state.level && Boolean(document.querySelector(`.donnees[data-niveau="${state.level}"]`));
  }
}

// Comparison: a second map, same frame, same scale when the units are the same.
function compare(id) {
  state.compare = id && id !== state.layer ? id : null;
  const on = Boolean(state.compare);
  $("comparer").setAttribute("aria-expanded", String(on));
  $("comparer").textContent = on ? T.compare_end : T.compare;
  $("comparaison").hidden = !on;
  $("cartes").classList.toggle("double", on);
  $("cadre-b").hidden = !on;
  (on ? $("cadre-a") : document.querySelector(".maps-top")).prepend($("tete-a"));
  if (on) {
    $("comparer-avec").value = state.compare;
    if (!boards[1]) boards.push(secondBoard());
  }
  for (const board of boards) {
    board.map.invalidateSize({animate: false, pan: false});
    if (on || board === boards[0]) board.home();
  }
  redraw();
}

function secondBoard() {
  const first = boards[0].map;
  const map = L.map($("carte-b"), {...first.options, layers: []});
  const groups = {};
  for (const level of levels) groups[level] = L.geoJson(zones[level].features, {smoothFactor: 0.5});
  for (const layer of demomedMap.backdrop) L.geoJson(layer.toGeoJSON(), layer.options).addTo(map);
  const board = new Board(map, groups, true);
  board.labels = new Labels(board);
  const follow = (from, to) => from.map.on("move", () => {
    if (from.still || !state.compare) return;
    to.moved = from.moved;
    to.quietly(other => other.setView(from.map.getCenter(), from.map.getZoom(), {animate: false}));
  });
  follow(boards[0], board);
  follow(board, boards[0]);
  return board;
}

function offerComparison() {
  const button = $("comparer"), choice = $("comparer-avec");
  if (data.layers.length < 2) { button.hidden = true; return; }
  for (const layer of data.layers) choice.append(make("option", {value: layer.id, text: layer.label}));
  button.addEventListener("click", () => {
    const others = data.layers.filter(layer => layer.id !== state.layer);
    const same = others.find(layer => sharesScale(layer.id, state.layer));
    compare(state.compare ? null : (same || others[0]).id);
  });
  choice.addEventListener("change", () => compare(choice.value));
}

// Search: the sheet and the place of a commune.
function offerSearch() {
  const level = finest;
  combobox(zones[level].names, index => {
    invoker = $("recherche");
    select(zones[level].codes[index], level);
    boards[0].reveal(zones[level].codes[index], level);
  });
}

// Tables: sort by a column, filter by a name.
function cellKey(cell) {
  if (cell.dataset.k !== undefined) return cell.dataset.k === "" ? null : Number(cell.dataset.k);
  const text = cell.textContent.trim();
  const number = amount(text);
  if (text && !Number.isNaN(number)) return number;
  const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
  return head.classList.contains("n") ? null : text;
}

function sortTable(header) {
  const table = header.closest("table"), body = table.tBodies[0], column = header.cellIndex;
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.querySelectorAll("th")) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...body.rows].map(row => [cellKey(row.cells[column]), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), document.documentElement.lang);
    return down ? -order : order;
  });
  body.append(...rows.map(([, row]) => row));
}

function offerTables() {
  for (const header of document.querySelectorAll(".donnees th[aria-sort]")) {
    header.querySelector("button").addEventListener("click", () => sortTable(header));
  }
  for (const block of document.querySelectorAll(".donnees[data-niveau]")) {
    const set = zones[block.dataset.niveau];
    for (const row of set ? block.querySelectorAll("tbody tr") : []) {
      const head = row.querySelector("th");
      if (set.index.has(row.dataset.z)) head.replaceChildren(make("button", {type: "button", text: head.textContent.trim()}));
    }
  }
  for (const field of document.querySelectorAll(".filtre")) {
    field.addEventListener("input", () => {
      const wanted = plain(field.value.trim());
      for (const row of field.closest(".donnees").querySelectorAll("tbody tr")) {
        row.hidden = Boolean(wanted) && !plain(row.cells[0].textContent).includes(wanted);
      }
    });
  }
}

// State in the address, nowhere else.
function remember() {
  const parts = new URLSearchParams();
  if (state.layer !== data.layer) parts.set("i", state.layer);
  if (state.level !== data.level) parts.set("n", state.level);
  if (state.zone) parts.set("z", state.zone);
  if (state.compare) parts.set("c", state.compare);
  if (state.date) parts.set("d", state.date);
  const hash = parts.toString();
  if (("#" + hash) === (location.hash || "#")) return;
  try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); } catch (error) { /* a frame without address */ }
}

function recall(hash) {
  const parts = new URLSearchParams(hash.slice(1));
  if (![...parts.keys()].some(key => "inzcd".includes(key))) return;
  const level = parts.get("n");
  if (zones[level]) setLevel(level);
  if (layers.has(parts.get("i"))) setLayer(parts.get("i"));
  setDate(parts.get("d"));
  if (layers.has(parts.get("c"))) compare(parts.get("c"));
  const code = parts.get("z");
  if (code && zones[state.level].index.has(code)) select(code, state.level);
}

function offerChoices() {
  for (const input of document.querySelectorAll("input[name=indicateur]")) {
    input.addEventListener("change", () => setLayer(input.value));
  }
  for (const input of document.querySelectorAll("input[name=maille]")) {
    input.addEventListener("change", () => setLevel(input.value));
  }
  if (matchMedia("(max-width: 56.24em)").matches) $("choix-details").open = false;
}

function offerZones() {
  const target = event => event.target.closest && event.target.closest("[data-z]");
  for (const area of document.querySelectorAll("#classement-lignes, .donnees")) {
    const levelOf = node => node.dataset.n || (node.closest(".donnees") || {dataset: {}}).dataset.niveau || upper;
    area.addEventListener("click", event => {
      const button = event.target.closest("button.zone, tbody button");
      if (!button) return;
      invoker = button;
      select(target(event).dataset.z, levelOf(button));
    });
    const light = event => {
      const row = target(event);
      if (row && levelOf(row) === state.level) point(row.dataset.z, state.level);
    };
    area.addEventListener("mouseover", light);
    area.addEventListener("focusin", light);
    area.addEventListener("mouseleave", () => point(null));
    area.addEventListener("focusout", () => point(null));
  }
  $("fermer").addEventListener("click", closeSheet);
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    boards.forEach(board => board.map.eachLayer(layer => layer.closeTooltip && layer.closeTooltip()));
    if (state.zone) closeSheet();
    else if (state.compare) { compare(null); $("comparer").focus(); }
  });
}

function closeSheet() {
  const back = invoker && document.contains(invoker) ? invoker : null;
  select(null);
  if (back) back.focus({preventScroll: true});
  invoker = null;
}
