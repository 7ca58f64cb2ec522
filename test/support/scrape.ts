/** What a node has told Prometheus. */
export class Scrape {
  private constructor(readonly text: string) {}

  static of(text: string): Scrape {
    return new Scrape(text);
  }

  /** The sum of all series of that name that have these labels; 0 if there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const values = this.text.split('\n').flatMap((line) => {
      const [, series, given = '', value] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
      const isMeant = series === name && wanted.every((each) => given.includes(each));
      return isMeant ? Number(value) : [];
    });
    return values.reduce((sum, each) => sum + each, 0);
  }
}
