const BLOCK = 1000

/** Lines of nginx in the combined format, 190 bytes each, in blocks. They are the same in each run. */
export function* accessLines(count: number): Generator<string> {
  for (let from = 0; from < count; from += BLOCK) {
    const lines = Array.from({ length: Math.min(BLOCK, count - from) }, (_, n) => accessLine(from + n))
    yield lines.join('')
  }
}

/** Ten lines a second. */
function accessLine(n: number): string {
  const second = Math.floor(n / 10)
  const time = new Date(Date.UTC(2026, 10, 24) + second * 1000).toISOString()
  const date = `${time.slice(8, 10)}/Nov/2026:${time.slice(11, 19)} +0000`
  const mixed = (n * 2_654_435_761) % 4_294_967_296
  const remote = `${1 + (mixed % 220)}.${(mixed >> 8) & 255}.${(mixed >> 16) & 255}.${n & 255}`
  const status = [200, 200, 200, 304, 404, 500][mixed % 6]
  return `${remote} - - [${date}] "GET /api/v1/items/${mixed % 99_999}?page=${n % 50} HTTP/1.1" ${status} ${mixed % 90_000} "https://shop.example/list" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0"\n`
}
