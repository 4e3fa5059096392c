import { constants, deflateRawSync } from "node:zlib";

/** What a PDF of the tests is, beside its text. */
interface PdfOptions {
  /** Says that it is encrypted, by a password that nobody knows. */
  encrypted?: boolean;
}

/** A PDF of pages of lines: uncompressed, one font, and nothing that a reader needs not. */
export function pdfOf(pages: readonly (readonly string[])[], { encrypted = false }: PdfOptions = {}): Buffer {
  const first = 4;
  const kids = pages.map((_, at) => `${first + 2 * at} 0 R`).join(" ");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ...pages.flatMap((lines, at) => {
      const content = contentOf(lines);
      return [
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] " +
          `/Resources << /Font << /F1 3 0 R >> >> /Contents ${first + 2 * at + 1} 0 R >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  return written(objects, encrypted ? ENCRYPTION : "");
}

/** A PDF of one page, of which one stream unpacks to so many MB of spaces. */
export function packedPdf(mb: number): Buffer {
  const spaces = deflateRawSync(Buffer.alloc(2 ** 20, " "), { finishFlush: constants.Z_FULL_FLUSH });
  const stream = [
    Buffer.from([0x78, 0x9c]),
    ...Array.from({ length: mb }, () => spaces),
    Buffer.from([3, 0]),
  ];
  const packed = Buffer.concat(stream).toString("latin1");
  return written(
    [
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
      `<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n${packed}\nendstream`,
    ],
    "",
  );
}

const ENCRYPTION =
  ` /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${"00".repeat(32)}> /U <${"11".repeat(32)}> >>` +
  ` /ID [<${"22".repeat(16)}> <${"22".repeat(16)}>]`;

/** Lines of 12 points; an empty one leaves a gap, as between paragraphs. */
const contentOf = (lines: readonly string[]) =>
  `BT /F1 12 Tf 14 TL 72 720 Td\n${lines.map((line) => `(${line.replace(/[\\()]/g, "\\$&")}) Tj T*`).join("\n")}\nET`;

function written(objects: readonly string[], trailer: string): Buffer {
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, at) => {
    const offset = text.length;
    text += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
  const end = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R${trailer} >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(text + table + end, "latin1");
}
