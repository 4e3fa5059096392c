import { composeArticle } from "./article.ts";
import { composeDigest } from "./digest.ts";
import { isWithoutMaterial, triedAgain, withoutMaterial } from "./no-material.ts";
import { composeOutline, writeOutline } from "./outline.ts";
import { composePlan } from "./plan.ts";
import { angleOf, materialOf, outlineOf, type Request, textOf } from "./request.ts";
import { revise } from "./revision.ts";
import { choicesIn } from "./specialists.ts";
import { fromReport } from "./statements.ts";

/** Answers a request in text, in the form that it asks for, from its material alone. */
export function compose(request: Request): string {
  const { task, form, blocks } = request;
  const draft = textOf(blocks, "draft");
  if (form === "plan") return composePlan(task, choicesIn(blocks));
  if (form === "revision" && draft) {
    const [objections, statements] = [textOf(blocks, "objections"), materialOf(request)];
    if (isWithoutMaterial(draft) && statements.length === 0) return triedAgain(draft);
    return revise({ draft, objections, outline: outlineOf(request), statements });
  }
  const gathered = materialOf(request);
  const statements =
    gathered.length === 0 && draft ? fromReport({ name: "report", attributes: {}, text: draft }) : gathered;
  if (statements.length === 0) return withoutMaterial(task);
  if (form === "outline") return writeOutline(composeOutline(task, statements));
  if (form === "article" || form === "revision") return composeArticle(task, statements, outlineOf(request));
  return composeDigest(task, statements, angleOf(request));
}
