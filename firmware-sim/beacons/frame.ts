/** What a sender's advert says, for gateways that decode it themselves before they pass it on. */
export type Frame =
  | { is: "ibeacon"; uuid: string; major: number; minor: number; powerDbm: number }
  /** 20 bytes as hex. */
  | { is: "altbeacon"; id: string; powerDbm: number }
  /** Powers at 1 m, as all here; Eddystone itself sends them at 0 m. */
  | { is: "eddystone-uid"; namespace: string; instance: string; powerDbm: number }
  | { is: "eddystone-url"; url: string; powerDbm: number }
  | { is: "eddystone-eid"; ephemeralId: string; powerDbm: number }
  | { is: "eddystone-tlm"; millivolts: number; tempC: number; adverts: number; uptimeMs: number }
  | {
      is: "ruuvi";
      tempC: number;
      humidity: number;
      pressureHpa: number;
      volts: number;
      movements: number;
      sequence: number;
    }
  | {
      is: "bthome";
      encrypted: boolean;
      packet: number;
      battery: number;
      massKg?: number;
      count?: number;
      distanceMm?: number;
      door?: number;
      button?: number;
    };

/** An advert on its way into the air. */
export type Advert = { data: string; frame: Frame };
