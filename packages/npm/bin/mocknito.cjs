#!/usr/bin/env node
// Runs the program for this machine in place of itself, as far as Node can: the same words, input
// and output, what ends this process ends the program, and its end is this one's.
"use strict";

const { spawn } = require("node:child_process");
const { binary } = require("../index.cjs");

function fail(message) {
  console.error(`mocknito: ${message}`);
  process.exit(1);
}

function found() {
  try {
    return binary();
  } catch (error) {
    return fail(error.message);
  }
}

const path = found();
const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });

child.on("error", (error) => fail(`${path} cannot be run: ${error.message}`));

// A terminal sends an interrupt to the program as well; the second one of the same changes nothing.
// On Windows only the terminal does, and whoever is sent a signal by another process ends at once.
const passed = ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of passed) {
  process.on(signal, () => {
    if (process.platform !== "win32") child.kill(signal);
  });
}

child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of passed) process.removeAllListeners(name);
  process.kill(process.pid, signal);
});
