import { checkTools } from "../roles/check-tools.ts";
import { loadRoles } from "../roles/role-files.ts";
import type { RunOptions } from "../runtime/options.ts";
import { documentsFolder } from "../tools/documents.ts";
import { mcpTools } from "../tools/mcp.ts";
import { standardTools } from "../tools/standard.ts";
import type { RunSettings } from "./options.ts";

/** What a command line gives the agents of a run. */
export interface Equipment {
  given: Pick<RunOptions, "tools" | "roles">;
  /** Ends what was started for it. */
  close: () => Promise<void>;
}

/**
 * The tools that the settings allow and those of the MCP servers, and the roles of the files.
 *
 * @throws UsageError for files that cannot be used, and for roles that name tools which there are none of
 */
export async function equipmentOf({ docs, roles: files, mcp }: RunSettings): Promise<Equipment> {
  const folder = await documentsFolder(docs);
  const roles = files === undefined ? [] : await loadRoles(files);
  const own = standardTools({ docs: folder });
  const servers = mcp === undefined ? undefined : await mcpTools(mcp);
  const close = async () => servers?.close();
  const tools = [...own, ...(servers?.tools ?? [])];
  try {
    checkTools(
      roles,
      tools.map(({ name }) => name),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { given: { tools, roles }, close };
}
