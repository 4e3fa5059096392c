import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * The path of a file without links, whether the file is there or not: what is not there yet is taken
 * below its nearest existing folder, where a link may lead to it.
 */
export function realPath(path: string): string {
  const absolute = resolve(path);
  const folder = dirname(absolute);
  if (folder === absolute) return absolute;
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    // A cycle of links, which has no real path, is for the opening to report.
    if (error instanceof Error && "code" in error && error.code === "ELOOP") return absolute;
    const target = targetOf(absolute);
    if (target !== undefined) return realPath(resolve(realPath(folder), target));
    return join(realPath(folder), basename(absolute));
  }
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
