// Loaded by `node --import shift-clock.mjs?15000` before a process, whose clock is then wrong by so many milliseconds.
const shiftMs = Number(new URL(import.meta.url).search.slice(1));
const MachineDate = Date;

globalThis.Date = class extends MachineDate {
  constructor(...given) {
    if (given.length === 0) super(MachineDate.now() + shiftMs);
    else super(...given);
  }

  static now() {
    return MachineDate.now() + shiftMs;
  }
};
