// Pressing acknowledge, resolve, false alarm: what was sent, what came of it.
//
// The desk alone decides how an event stands. A press is "sent" until its word arrives; what failed
// says so and stays pressable. The desk takes back neither "resolved" nor "false alarm", so these
// are held for a moment in which they can be undone; a second press, or leaving the page, sends.

import { post } from "./server.js";

export const HOLD_MS = 6000;
export const PATIENCE_MS = 10000;
const HELD = new Set(["resolve", "false_alarm"]);
const REACHED = {
  acknowledge: new Set(["acknowledged", "resolved", "false_alarm"]),
  resolve: new Set(["resolved", "false_alarm"]),
  false_alarm: new Set(["false_alarm"]),
};

export class Answers {
  // `changed(eventId)` is called whenever there is something else to show.
  constructor(changed) {
    this.changed = changed;
    this.open = new Map(); // event id -> {action, note, state, atMs, error, timer}
    window.addEventListener("pagehide", () => this.flush());
  }

  of(eventId) {
    return this.open.get(eventId) || null;
  }

  press(eventId, action, note) {
    const before = this.open.get(eventId);
    if (before && before.action === action && before.state !== "failed") {
      if (before.state === "held") this.send(eventId, before);
      return;
    }
    if (before) clearTimeout(before.timer);
    // The same id for the same press tried again: whoever hears it twice counts it once.
    const commandId = before && before.action === action ? before.commandId : freshId();
    const answer = { action, note, commandId, state: "sending", error: null, timer: null };
    this.open.set(eventId, answer);
    if (HELD.has(action)) {
      answer.state = "held";
      answer.timer = setTimeout(() => this.send(eventId, answer), HOLD_MS);
    } else this.send(eventId, answer);
    this.changed(eventId);
  }

  undo(eventId) {
    const answer = this.open.get(eventId);
    if (!answer || answer.state !== "held") return;
    clearTimeout(answer.timer);
    this.open.delete(eventId);
    this.changed(eventId);
  }

  async send(eventId, answer, keepalive = false) {
    clearTimeout(answer.timer);
    answer.state = "sending";
    this.changed(eventId);
    try {
      const said = await post(`/api/events/${encodeURIComponent(eventId)}/answer`, { action: answer.action, note: answer.note, command_id: answer.commandId }, { keepalive });
      answer.state = said && said.sent === false ? "waiting" : "sent";
      // Not answered for long: the words change then.
      answer.timer = setTimeout(() => this.open.get(eventId) === answer && this.late(eventId, answer), PATIENCE_MS);
    } catch (error) {
      answer.state = "failed";
      answer.error = error;
    }
    if (this.open.get(eventId) === answer) this.changed(eventId);
  }

  late(eventId, answer) {
    answer.state = answer.state === "waiting" ? "waiting" : "late";
    this.changed(eventId);
  }

  // The server tells later whether the broker has taken it.
  told(change) {
    const answer = this.open.get(change.event_id);
    if (!answer || answer.commandId !== change.command_id) return;
    if (answer.state === "waiting" && change.sent) answer.state = "sent";
    this.changed(change.event_id);
  }

  // What the desk says now. Clears an answer that has been reached.
  settle(event) {
    const answer = this.open.get(event.event_id);
    if (answer && answer.state !== "held" && REACHED[answer.action].has(event.standing)) {
      clearTimeout(answer.timer);
      this.open.delete(event.event_id);
    }
  }

  // Events that are gone take their answers along: nothing is kept for ever.
  forget(keep) {
    for (const [id, answer] of this.open) {
      if (!keep.has(id) && answer.state !== "held") {
        clearTimeout(answer.timer);
        this.open.delete(id);
      }
    }
  }

  flush() {
    for (const [id, answer] of this.open) {
      if (answer.state === "held") {
        clearTimeout(answer.timer);
        this.send(id, answer, true);
      }
    }
  }
}

function freshId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
