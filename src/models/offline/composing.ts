import { madeText } from "./agent-use.ts";
import { composeArticle } from "./article.ts";
import { composeDigest } from "./digest.ts";
import { isWithoutMaterial, triedAgain, withoutMaterial } from "./no-material.ts";
import { readObjections } from "./objections.ts";
import { composeOutline, writeOutline } from "./outline.ts";
import { composePlan } from "./plan.ts";
import { angleOf, materialOf, outlineOf, type Request, sourcesOf, textOf } from "./request.ts";
import { relevantStatements } from "./research.ts";
import { revise } from "./revision.ts";
import { choicesIn } from "./specialists.ts";
import { fromReport, type Statement } from "./statements.ts";

/** Answers a request in text, in the form that it asks for, from its material alone. */
export function compose(request: Request): string {
  const { task, form, blocks } = request;
  const draft = textOf(blocks, "draft");
  if (form === "plan") return composePlan(task, choicesIn(blocks));
  if (form === "revision" && draft) {
    const objections = textOf(blocks, "objections");
    const statements = [...materialOf(request), ...wishedFor(objections, request)];
    if (isWithoutMaterial(draft) && statements.length === 0) return triedAgain(draft);
    return revise({ draft, objections, outline: outlineOf(request), statements });
  }
  const made = madeText(request);
  if (made !== undefined) return made;
  const gathered = materialOf(request);
  const statements =
    gathered.length === 0 && draft ? fromReport({ name: "report", attributes: {}, text: draft }) : gathered;
  if (statements.length === 0) return withoutMaterial(task);
  if (form === "outline") return writeOutline(composeOutline(task, statements));
  if (form === "article" || form === "revision") return composeArticle(task, statements, outlineOf(request));
  return composeDigest(task, statements, angleOf(request));
}

/** What the sources say on objections that quote nothing of the draft: a person's wishes, which may be about something else than the task. */
function wishedFor(objections: string, request: Request): Statement[] {
  const wishes = readObjections(objections).filter(({ quotes }) => quotes.length === 0);
  const sources = sourcesOf(request).filter(({ text }) => text.trim() !== "");
  return wishes.flatMap(({ text }) => relevantStatements(text, sources));
}
