; The installer for Windows, by Inno Setup 6.3 or newer: iscc packaging\windows\tonny-agent.iss
; For one user, without administrator rights. Never run so far.

#define Version "0.1.0"
#define Folder "..\..\build\out\agent.dist"

[Setup]
AppId={{6B1B7C5E-0F2A-4C57-9C0B-6D1E4B1F7A11}
AppName=Tonny
AppVersion={#Version}
AppPublisher=Tonny contributors
DefaultDirName={localappdata}\Programs\Tonny
DefaultGroupName=Tonny
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesEnvironment=yes
CloseApplications=yes
Compression=lzma2/max
SolidCompression=yes
LicenseFile=..\..\LICENSE
OutputDir=..\..\build\out
OutputBaseFilename=tonny-agent-{#Version}-setup
UninstallDisplayIcon={app}\tonny-agent.exe

[Tasks]
Name: "path"; Description: "Find tonny-agent from any terminal"
Name: "login"; Description: "Start Tonny at log-in"; Flags: unchecked

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Tonny"; Filename: "{app}\tonny-agent.exe"; Parameters: "run"

[Registry]
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Check: IsMissing; Tasks: path

[Run]
Filename: "{app}\tonny-agent.exe"; Parameters: "autostart enable"; Flags: runhidden; Tasks: login

[UninstallRun]
Filename: "{app}\tonny-agent.exe"; Parameters: "autostart disable"; Flags: runhidden; RunOnceId: "login"

[Code]
function IsMissing: Boolean;
var
  Paths: string;
begin
  if not RegQueryStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Paths) then
    Paths := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Paths) + ';') = 0;
end;

{ What was added to the user's Path, and nothing else of it. }
procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
var
  Paths, Own: string;
  Place: Integer;
begin
  if CurUninstallStep <> usPostUninstall then
    Exit;
  if not RegQueryStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Paths) then
    Exit;
  Own := ExpandConstant('{app}');
  Place := Pos(';' + Uppercase(Own) + ';', ';' + Uppercase(Paths) + ';');
  if Place = 0 then
    Exit;
  Delete(Paths, Place, Length(Own) + 1);
  if (Paths <> '') and (Paths[Length(Paths)] = ';') then
    Delete(Paths, Length(Paths), 1);
  RegWriteExpandStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Paths);
end;
