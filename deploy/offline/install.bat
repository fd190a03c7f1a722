@echo off
rem Installs glioscope without a network: install.bat [FOLDER]
where /q py && goto launcher
where /q python || goto none
python "%~dp0install.py" %*
goto end
:launcher
py -3 "%~dp0install.py" %*
goto end
:none
echo error: Python is needed and was not found; see README.md
:end
set code=%errorlevel%
pause
exit /b %code%
