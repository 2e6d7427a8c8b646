import { fileURLToPath } from "node:url";

// The packages are in the folder above.
export default { turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) } };
