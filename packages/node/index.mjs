// For `import`: the same as index.js.

import api from "./index.js";

export const { Mocknito, connectMocknito, startMocknito } = api;
