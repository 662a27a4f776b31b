/** S3's XML: writing answers and reading request bodies. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { S3Error } from '../errors.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** What an element may hold as text; it is escaped when written. */
export type XmlText = string | number | boolean;

/** `<name>text</name>`, or nothing at all for `undefined`. */
export function element(name: string, text: XmlText | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeText(String(text))}</${name}>`;
}

/** `<name>` around elements that are already XML. */
export function parent(name: string, ...children: readonly string[]): string {
  return `<${name}>${children.join('')}</${name}>`;
}

/** A whole document in S3's namespace. */
export function document(root: string, ...children: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${children.join('')}</${root}>`;
}

/** The document of an error, which has no namespace. */
export function errorDocument(elements: Readonly<Record<string, string>>): string {
  const children = Object.entries(elements).map(([name, text]) => element(name, text));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${parent('Error', ...children)}`;
}

/** Control characters go as references, as S3 does: raw ones would be lost in a parser. */
function escapeText(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
    /[&<>"'\u0000-\u001f\u007f]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

/** Elements that may occur more than once. */
const REPEATED = new Set([
  'Delete.Object',
  'CompleteMultipartUpload.Part',
  'Tagging.TagSet.Tag',
  'CORSConfiguration.CORSRule',
  'CORSConfiguration.CORSRule.AllowedOrigin',
  'CORSConfiguration.CORSRule.AllowedMethod',
  'CORSConfiguration.CORSRule.AllowedHeader',
  'CORSConfiguration.CORSRule.ExposeHeader',
]);

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (_name, path) => REPEATED.has(String(path)),
});

/** A parsed element. Reading what is absent gives `undefined` or an empty list. */
export class XmlElement {
  readonly #content: unknown;

  constructor(content: unknown) {
    this.#content = content;
  }

  child(name: string): XmlElement | undefined {
    const content = this.#get(name);
    return content === undefined ? undefined : new XmlElement(content);
  }

  children(name: string): XmlElement[] {
    const content = this.#get(name);
    return Array.isArray(content) ? content.map((item) => new XmlElement(item)) : [];
  }

  /** The text of a child element. */
  text(name: string): string | undefined {
    const content = this.#get(name);
    return typeof content === 'string' ? content : undefined;
  }

  /** The texts of all children of that name. */
  texts(name: string): string[] {
    const content = this.#get(name);
    return Array.isArray(content) ? content.filter((item) => typeof item === 'string') : [];
  }

  #get(name: string): unknown {
    const content = this.#content;
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
    return Object.entries(content).find(([key]) => key === name)?.[1];
  }
}

/**
 * Parses a document and returns its root element.
 * @throws S3Error MalformedXML if it is not well-formed, has a document type (whose entities could
 *   expand without end), or its root has another name
 */
export function parseXml(text: string, root: string): XmlElement {
  if (text.includes('<!DOCTYPE') || XMLValidator.validate(text) !== true) {
    throw new S3Error('MalformedXML');
  }
  let parsed: XmlElement;
  try {
    parsed = new XmlElement(parser.parse(text));
  } catch (cause) {
    throw new S3Error('MalformedXML', { cause });
  }
  const element = parsed.child(root);
  if (!element) throw new S3Error('MalformedXML');
  return element;
}
