/** The bell, as the favicon that the page has loaded already. */
export function Bell() {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  return <img src={icon?.href} alt="" />
}
