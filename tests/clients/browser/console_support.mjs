// What the tests of the console share: how a page is held against axe, and whether it is wider
// than the screen, in both schemes, at a desk and on a phone. With SCREENSHOTS=<folder> each page
// is kept as pictures, to be looked at.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = process.env.SCREENSHOTS;
if (PICTURES) mkdirSync(PICTURES, { recursive: true });

const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

export async function look(page, name) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      if (PICTURES) {
        const path = `${PICTURES}/${name}-${colorScheme}-${size}.png`;
        await page.screenshot({ path, fullPage: true });
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wider > 0) found.push(`${name} is ${wider} px wider than a ${size}`);
      // By the DevTools protocol: the page's own policy lets no script in.
      if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => window.axe.run());
      for (const { id, nodes } of violations) {
        const where = nodes.map(({ html }) => html).join(" | ");
        found.push(`${name} ${colorScheme} ${size}: ${id}: ${where}`);
      }
    }
  }
  await page.setViewportSize(SIZES.desk);
  assert.deepEqual(found, []);
}

/** What nobody may take for markup. */
export const HOSTILE = [
  '<img src=x onerror="document.title=1">',
  "</script><script>document.title=2</script>",
  "‮moc.elgoog‬ {{7*7}} ${alert(1)} javascript:alert(1)",
];
