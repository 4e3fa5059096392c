import type { IOptions } from "sanitize-html";
import { onceLoaded } from "../telemetry/once-loaded.ts";

const library = onceLoaded(async () => (await import("sanitize-html")).default);

const names = (list: string) => list.split(/\s+/);

const WEB = ["http", "https"];

/** What of HTML is text: no scripts, styles, forms, frames or embedded things, and no ids that could shadow a page's own. */
const ALLOWED: IOptions = {
  allowedTags: names(
    `html head body title meta
    main article section header footer aside nav address div p br hr h1 h2 h3 h4 h5 h6 blockquote pre
    ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td figure figcaption details summary
    a abbr b bdi bdo cite code data del dfn em i img ins kbd mark q rp rt ruby s samp small span strong sub sup
    time u var wbr`,
  ),
  allowedAttributes: {
    "*": ["lang", "dir", "title"],
    a: ["href", "rel"],
    img: ["src", "alt", "width", "height"],
    meta: ["charset"],
    ol: ["start", "reversed", "type"],
    li: ["value"],
    td: ["colspan", "rowspan"],
    th: ["colspan", "rowspan", "scope"],
    col: ["span"],
    colgroup: ["span"],
    time: ["datetime"],
    data: ["value"],
    details: ["open"],
  },
  allowedSchemes: [...WEB, "mailto"],
  allowedSchemesByTag: { img: WEB },
  allowProtocolRelative: false,
  nonTextTags: names(
    "script style textarea option select noscript template iframe object embed svg math xmp plaintext",
  ),
  transformTags: {
    a: (tagName, { href, ...others }) =>
      href !== undefined && isLink(href)
        ? { tagName, attribs: { href, ...others, rel: "noopener noreferrer nofollow" } }
        : { tagName, attribs: others },
  },
  exclusiveFilter: ({ tag, attribs }) =>
    (tag === "img" && !isImage(attribs["src"] ?? "")) || (tag === "meta" && !attribs["charset"]),
};

const isLink = (address: string) => /^(?:https?|mailto):/i.test(address.trim());
const isImage = (address: string) => /^https?:/i.test(address.trim());

/**
 * HTML reduced to text and its markup, to be shown to people as it is.
 *
 * Links lead to http, https and mailto addresses, and images come from http and https; links and images that are
 * relative, and whatever could run, load or send anything, are taken out. Of scripts, styles and frames the
 * content goes as well. Tags that are never closed take quadratic time: about 4 s for 500 kB of them.
 */
export async function sanitizeHtml(html: string): Promise<string> {
  const sanitize = await library();
  const doctype = /^\s*<!doctype html\s*>/i.test(html) ? "<!doctype html>\n" : "";
  return doctype + sanitize(html, ALLOWED).trimStart();
}
