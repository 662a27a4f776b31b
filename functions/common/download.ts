/** Downloads whose body may be cut off on its way, which the SDK, unlike a request that fails, does not repeat. */

/** How often a body is asked for. */
const ATTEMPTS = 3;

/**
 * @param fetch asks for an object; what it throws is final
 * @param read takes in the body; when it throws, the object is asked for again
 * @throws what `fetch` throws, or what `read` throws at last
 */
export async function download<T, R>(
  fetch: () => Promise<T>,
  read: (answer: T) => Promise<R>,
): Promise<R> {
  for (let tries = 1; ; tries++) {
    const answer = await fetch();
    try {
      return await read(answer);
    } catch (error) {
      if (tries === ATTEMPTS) throw error;
    }
  }
}
