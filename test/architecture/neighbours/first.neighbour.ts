import { scene } from './scene';

scene('first');
