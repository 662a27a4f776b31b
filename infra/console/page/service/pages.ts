/** Lists that come in pages. */

/** @param next fetches the page that a token names; the first one has none */
export async function* pages<Page extends { NextToken?: string | undefined }>(
  next: (token: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let token: string | undefined;
  do {
    const page = await next(token);
    yield page;
    token = page.NextToken;
  } while (token);
}
