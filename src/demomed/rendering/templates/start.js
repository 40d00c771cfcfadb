// The maps, then what is around them.
const asked = location.hash;
const boards = [new Board(demomedMap.map, demomedMap.groups)];
boards[0].labels = new Labels(boards[0]);
document.documentElement.classList.add("vif");
offerChoices();
offerComparison();
offerSearch();
offerTables();
offerZones();
offerPrint();
drawPlaces();
showTable();
redraw();
recall(asked);
addEventListener("hashchange", () => recall(location.hash));
performance.mark("demomed-dessin");
