// What was decided in this tab and is not known to be saved: kept in sessionStorage under the person who decided it.

const PREFIX = "tracker-outbox-";

/** A random key in the form of a UUID 4; `crypto.randomUUID` is missing on addresses without https. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export class Outbox {
  /** The outbox of one person. Another person's entries in the same tab stay where they are, unseen and unsent. */
  constructor(person) {
    this.name = PREFIX + person;
    this.entries = this.#read();
    this.since = this.entries.length ? Date.now() : null; // when the oldest unsaved one was added, or found again
  }

  #read() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.name) ?? "[]");
      return Array.isArray(kept) ? kept.filter((entry) => entry && typeof entry.uuid === "string") : [];
    } catch {
      return []; // not readable, or no storage in this browser: then a reload loses what is not saved
    }
  }

  #write() {
    try {
      if (this.entries.length) sessionStorage.setItem(this.name, JSON.stringify(this.entries));
      else sessionStorage.removeItem(this.name);
    } catch {
      // the memory of the page still has them
    }
  }

  add(entry) {
    this.entries.push(entry);
    this.since ??= Date.now();
    this.#write();
  }

  /** The entry that was answered, taken out; undefined when it was answered before. */
  answered(uuid) {
    const place = this.entries.findIndex((entry) => entry.uuid === uuid);
    if (place < 0) return undefined;
    const [entry] = this.entries.splice(place, 1);
    this.since = this.entries.length ? Date.now() : null;
    this.#write();
    return entry;
  }

  has(uuid) {
    return this.entries.some((entry) => entry.uuid === uuid);
  }

  get size() {
    return this.entries.length;
  }
}
