/** Requests to the server that served the page; its token is in the path. */

export class Failure extends Error {
  /** kind: 'offline', 'restarted', 'stale', 'refused'. */
  constructor(kind, text, details = {}) {
    super(text);
    this.kind = kind;
    this.details = details;
  }
}

let token = location.pathname.split('/')[1];

/** Go on with the token of a server that was started anew. */
export function useToken(next) {
  token = next;
  history.replaceState(null, '', `/${token}/${location.hash}`);
}

export const currentToken = () => token;

export const address = (path) => `/${token}/${path}`;

const kinds = {403: 'restarted', 409: 'stale'};

/** A request; what goes wrong becomes a Failure. */
export async function send(path, method = 'GET', body = undefined) {
  let answer;
  try {
    answer = await fetch(address(path), {
      method,
      cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
      // Bodies below 64 KiB still go out when the page is closed.
      keepalive: method === 'PUT' && JSON.stringify(body).length < 60000,
    });
  } catch (error) {
    throw new Failure('offline', 'The server does not answer.');
  }
  if (answer.ok) return answer;
  let details = {};
  try {
    details = await answer.json();
  } catch (error) { /* not in words */ }
  throw new Failure(kinds[answer.status] || 'refused',
    details.error || `The server answered ${answer.status}.`, details);
}

export const getJSON = async (path) => (await send(path)).json();

/** An array of bytes with its size. */
export async function getPixels(path, method = 'GET', body = undefined) {
  const answer = await send(path, method, body);
  return {
    data: new Uint8Array(await answer.arrayBuffer()),
    width: Number(answer.headers.get('X-Width')),
    height: Number(answer.headers.get('X-Height')),
  };
}

export const imagePath = (name) => `api/images/${encodeURIComponent(name)}`;

/** Bytes as base64 of gzip. */
export async function pack(bytes) {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream('gzip'));
  const data = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = '';
  for (let i = 0; i < data.length; i += 8192) {
    text += String.fromCharCode(...data.subarray(i, i + 8192));
  }
  return btoa(text);
}

/** The bytes that pack() took. */
export async function unpack(text) {
  const data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([data]).stream()
    .pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
