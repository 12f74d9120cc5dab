import "../panel.css";
import "./try-panel.css";
import {
  type FromTryPanel,
  type ToTryPanel,
  TRY_PANEL_PROTOCOL_VERSION,
  toTryPanelSchema,
} from "../../contracts/try-panel-protocol";
import { openChannel } from "../vscode-api";
import { TryPanel } from "./try-panel-view";

new TryPanel(openChannel<ToTryPanel, FromTryPanel>(toTryPanelSchema, TRY_PANEL_PROTOCOL_VERSION)).open();
