/** The path of the program for this machine. Throws where there is none, and says why. */
export function binary(): string;
