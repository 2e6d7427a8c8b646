// Where the program is: in the package for this platform, which npm installs beside this one.
"use strict";

const platforms = require("./platforms.json");

/** The file in a package for a platform. */
const program = (platform) =>
  platform.startsWith("win32-") ? "bin/mocknito.exe" : "bin/mocknito";

/** The path of the program for this machine. */
function binary() {
  const platform = `${process.platform}-${process.arch}`;
  if (!Object.hasOwn(platforms, platform)) {
    throw new Error(
      `mocknito has no program for ${platform}, only for ${Object.keys(platforms).join(", ")}. ` +
        "It can be built with Rust: https://github.com/mocknito/mocknito",
    );
  }
  const name = `@mocknito/${platform}`;
  try {
    return require.resolve(`${name}/${program(platform)}`);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(
      `mocknito's program for this machine is in the package ${name}, which is not installed. ` +
        "It is an optional dependency: npm leaves it out with --omit=optional, and a " +
        "node_modules that was installed on another platform has another one. Install again here.",
    );
  }
}

module.exports = { binary, program };
