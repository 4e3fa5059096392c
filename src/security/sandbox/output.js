/**
 * What code prints, up to a limit: what is beyond it is dropped, and said once.
 *
 * @param {number} maxChars
 * @param {(message: import("../sandbox-protocol.ts").SandboxMessage) => void} tell
 */
export function output(maxChars, tell) {
  let left = maxChars;
  /** @param {string} line */
  return (line) => {
    if (left < 0) return;
    const text = `${line}\n`.slice(0, left);
    if (text) tell({ kind: "output", text });
    left -= line.length + 1;
    if (left < 0) tell({ kind: "cut" });
  };
}
