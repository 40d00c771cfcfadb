// On paper: the map as it stands, copied as a drawing with its labels.
function drawing(board) {
  const map = board.map;
  const source = map.getPane("overlayPane").querySelector("svg");
  const home = board.groups[board.level].getBounds();
  const corner = map.latLngToLayerPoint(home.getNorthWest()), far = map.latLngToLayerPoint(home.getSouthEast());
  const sheet = svg("svg", {
    viewBox: [corner.x - 8, corner.y - 8, far.x - corner.x + 16, far.y - corner.y + 16].join(" "), role: "img",
    "aria-label": layerOf(board.layerId).alt,
  });
  for (const pane of ["contexte", "overlayPane", "cercles", "contours", "designe"]) {
    const node = map.getPane(pane) && map.getPane(pane).querySelector("svg");
    for (const group of node ? node.querySelectorAll(":scope > g") : []) sheet.append(group.cloneNode(true));
  }
  if (!source) return sheet;
  board.labels.group.eachLayer(marker => {
    const at = map.latLngToLayerPoint(marker.getLatLng());
    const lines = [...marker.getElement().querySelectorAll("span, b")].map(node => node.textContent);
    lines.forEach((line, index) => sheet.append(svg("text", {
      x: at.x, y: at.y + (index - (lines.length - 1) / 2) * 14 + 4, "text-anchor": "middle", "font-size": 12,
      "font-family": "sans-serif", fill: C.ink, stroke: C.paper, "stroke-width": 3, "paint-order": "stroke",
    }, line)));
  });
  return sheet;
}

function offerPrint() {
  addEventListener("beforeprint", () => $("feuille").replaceChildren(...boards
    .filter((board, index) => index === 0 || state.compare).map(drawing)));
}
