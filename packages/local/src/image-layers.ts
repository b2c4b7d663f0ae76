export interface ImageLayers {
  layers: Array<{ digest: string; size: number }>;
}

/**
 * The layers of an image and their sizes in bytes, which docker tells in two answers.
 * @param inspected of `docker image inspect`
 * @param history of `docker history --format '{{.Size}}'`, newest first; steps that made no layer have the size 0, but so
 *   have layers in which nothing changed, so sizes are matched from the newest on
 */
export function layersOf(inspected: string, history: string): ImageLayers {
  const digests: string[] = JSON.parse(inspected)[0].RootFS.Layers;
  const sizes = history.split('\n').map(Number).filter(Boolean);
  const layers = digests.toReversed().map((digest) => ({ digest, size: digest === EMPTY ? 0 : (sizes.shift() ?? 0) }));
  return { layers: layers.toReversed() };
}

/** An archive of nothing. */
const EMPTY = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/** Bytes of all images as if each were alone, and of all layers once. */
export function sizes(images: ImageLayers[]): { all: number; distinct: number } {
  const layers = images.flatMap((image) => image.layers);
  const sum = (sizes: Iterable<number>): number => [...sizes].reduce((total, size) => total + size, 0);
  return { all: sum(layers.map(({ size }) => size)), distinct: sum(new Map(layers.map(({ digest, size }) => [digest, size])).values()) };
}
