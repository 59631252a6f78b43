// The page is complete without this: it makes tables sortable by a click or Enter on a head, and adds a
// filter to long ones.
document.querySelectorAll("table.sortable").forEach(table => {
  table.classList.add("on");
  const body = table.tBodies[0];
  const value = (row, i) => {
    const cell = row.cells[i], text = cell.dataset.v ?? cell.textContent.trim(), number = parseFloat(text);
    return isNaN(number) ? text.toLowerCase() : number;
  };
  const compare = (a, b) => {
    const numbers = (typeof a === "number") + (typeof b === "number");
    if (numbers === 1) return typeof a === "number" ? -1 : 1;
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, i) => {
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(h => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const last = [...body.rows].filter(r => r.classList.contains("total"));
      [...body.rows].filter(r => !r.classList.contains("total"))
        .sort((p, q) => compare(value(p, i), value(q, i)) * (up ? 1 : -1))
        .concat(last).forEach(r => body.append(r));
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", e => { if (e.key === "Enter") sort(); });
  });
  if (body.rows.length < 8) return;
  const box = document.createElement("input");
  box.className = "filter";
  box.type = "search";
  box.placeholder = "filter " + body.rows.length + " rows";
  box.setAttribute("aria-label", "filter the table");
  box.addEventListener("input", () => {
    const wanted = box.value.toLowerCase();
    [...body.rows].forEach(r => { r.hidden = !r.textContent.toLowerCase().includes(wanted); });
  });
  (table.closest(".scroll") ?? table).before(box);
});
