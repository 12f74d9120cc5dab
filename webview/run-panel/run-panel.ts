import "../panel.css";
import "./run-panel.css";
import { openPanelHost } from "../vscode-api";
import { RunPanel } from "./run-panel-view";

new RunPanel(openPanelHost()).open();
